import os

os.close(1)
while True:
    os.write(2, bytes(4_096))
