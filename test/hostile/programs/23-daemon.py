"""Leaves its session, its parent and its signals behind, and wants to live on."""
import os
import signal
import sys
import time

for name in ("SIGTERM", "SIGHUP", "SIGINT", "SIGQUIT"):
    signal.signal(getattr(signal, name), signal.SIG_IGN)
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        for descriptor in range(3):
            os.close(descriptor)
        while True:
            time.sleep(60)
    os._exit(0)
os.wait()
print("left one behind")
sys.exit(0)
