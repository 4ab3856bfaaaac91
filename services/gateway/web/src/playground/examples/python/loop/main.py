# Stop it with Cancel. Left alone, it is stopped after ten seconds.
import time

beats = 0
while True:
    beats += 1
    print("still here", beats, flush=True)
    time.sleep(0.5)
