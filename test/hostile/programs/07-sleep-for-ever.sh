echo waiting
sleep 1000000
