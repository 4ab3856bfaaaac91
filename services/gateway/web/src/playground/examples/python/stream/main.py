import sys
import time

for step in range(1, 11):
    print(f"\033[3{1 + step % 6}m{'█' * step}\033[0m {step * 10} %", flush=True)
    time.sleep(0.3)

print("Warnings go to stderr.", file=sys.stderr)
