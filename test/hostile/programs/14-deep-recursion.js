(function fall() {
  fall();
})();
