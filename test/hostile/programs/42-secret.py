import os
import shutil
import sys

places = [place for place in ("/workspace", "/tmp", "/dev/shm") if os.path.isdir(place)]
print(sum("secret-" in name for place in places for name in os.listdir(place)))
with open("secret-" + sys.argv[1], "w") as file:
    file.write(sys.argv[1])
shutil.copy("secret-" + sys.argv[1], "/tmp")
print(*[open("/tmp/" + name).read() for name in os.listdir("/tmp") if "secret-" in name])
