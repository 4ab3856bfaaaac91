"""Burns all the time of its processors that it can get."""
import os

os.fork()
os.fork()
while True:
    pass
