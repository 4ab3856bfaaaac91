"""Tries every address that the test names, and DNS, and looks for network cards."""
import socket
import sys

for target in sys.argv[1:]:
    host, port = target.rsplit(":", 1)
    try:
        socket.create_connection((host, int(port)), timeout=1)
        print("connected to", target)
    except OSError:
        pass
try:
    socket.getaddrinfo("example.org", 80)
    print("resolved a name")
except OSError:
    pass
print([name for _, name in socket.if_nameindex() if name not in ("lo",)])
