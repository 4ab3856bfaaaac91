# Says how many secrets of others it sees, leaves its own everywhere, and reads it back.
ls -A /workspace /tmp /dev/shm | grep -c secret-
echo "$1" >"secret-$1"
cp secret-* /tmp
cat /tmp/secret-*
