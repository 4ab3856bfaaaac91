const { setTimeout: pause } = require('node:timers/promises');

async function main() {
  for (let step = 1; step <= 10; step += 1) {
    console.log(`\x1b[3${1 + (step % 6)}m${'█'.repeat(step)}\x1b[0m ${step * 10} %`);
    await pause(300);
  }
  console.error('Warnings go to stderr.');
}

main().catch(console.error);
