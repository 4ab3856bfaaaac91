# Files in memory count as memory: a full workspace and as much again in a process.
head -c 63m /dev/zero >big
cat big big | tail
