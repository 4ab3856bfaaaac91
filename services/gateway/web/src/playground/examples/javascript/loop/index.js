// Stop it with Cancel. Left alone, it is stopped after ten seconds.
let beats = 0;
setInterval(() => {
  beats += 1;
  console.log('still here', beats);
}, 500);
