# How C++ is compiled, for build.sh and compile.sh alike: a precompiled header is of use only to a
# compiler with the same options. C++17 is what GCC 12 takes by itself; with C++20 everything takes a third
# longer.
made=/opt/pilotlight/cpp
flags='-std=gnu++17 -O2 -pthread'
