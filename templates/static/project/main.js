const time = document.querySelector('time');
const show = () => {
  time.textContent = new Date().toLocaleTimeString();
};
show();
setInterval(show, 1_000);
