exports.circle = (radius) => ({ name: 'circle', area: () => Math.PI * radius ** 2 });
exports.square = (side) => ({ name: 'square', area: () => side ** 2 });
