const { analyze } = require('@pilotlight/analyzer');
const { handler } = require('./before.js');

exports.handler = analyze(handler);
