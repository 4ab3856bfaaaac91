echo stop
kill -STOP $$
echo on
