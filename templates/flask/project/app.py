from flask import Flask, render_template, request

app = Flask(__name__)
notes = ["Hello from Flask"]


@app.get("/")
def index():
    return render_template("index.html", notes=notes)


@app.get("/api/notes")
def list_notes():
    return notes


@app.post("/api/notes")
def add_note():
    text = (request.get_json(silent=True) or {}).get("text")
    if not isinstance(text, str) or not text:
        return {"error": "text is needed"}, 400
    notes.append(text)
    return {"text": text}, 201


@app.get("/health")
def health():
    return "ok\n"
