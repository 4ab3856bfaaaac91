const { circle, square } = require('./shapes.js');

for (const shape of [circle(2), square(3)]) {
  console.log(shape.name.padStart(8), shape.area().toFixed(2));
}
