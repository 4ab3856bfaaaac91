# Flask's own command, with two changes of its server: connections are kept, and the platform's looks
# at /health are not logged each second.
from flask.cli import main
from werkzeug.serving import WSGIRequestHandler

log_request = WSGIRequestHandler.log_request


def log_request_of_users(handler, *args):
    if getattr(handler, "path", "") != "/health":
        log_request(handler, *args)


WSGIRequestHandler.protocol_version = "HTTP/1.1"
WSGIRequestHandler.log_request = log_request_of_users
main()
