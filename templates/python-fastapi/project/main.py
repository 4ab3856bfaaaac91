from fastapi import FastAPI
from fastapi.responses import PlainTextResponse
from pydantic import BaseModel, Field

app = FastAPI(title="App")


class NewNote(BaseModel):
    text: str = Field(min_length=1, max_length=1000)


class Note(NewNote):
    id: int


notes = [Note(id=1, text="Hello from FastAPI")]


@app.get("/", response_class=PlainTextResponse)
def index() -> str:
    return "See /docs. Edit main.py and see it change.\n"


@app.get("/api/notes")
def list_notes() -> list[Note]:
    return notes


@app.post("/api/notes", status_code=201)
def add_note(note: NewNote) -> Note:
    added = Note(id=len(notes) + 1, text=note.text)
    notes.append(added)
    return added


@app.get("/health", response_class=PlainTextResponse)
def health() -> str:
    return "ok\n"
