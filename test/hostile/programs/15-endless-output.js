(function on() {
  process.stdout.write('x'.repeat(4096), on);
})();
