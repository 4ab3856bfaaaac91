echo stop
sh -c 'kill -STOP -1'
echo on
