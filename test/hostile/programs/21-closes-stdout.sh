echo on
exec >&- 2>&-
sleep 60
