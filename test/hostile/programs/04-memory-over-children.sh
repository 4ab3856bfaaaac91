# No child alone takes more than the limit.
for i in 1 2 3; do
  tail /dev/zero &
done
wait
