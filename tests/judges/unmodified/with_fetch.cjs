// fetch, as Node brings it
const { KEY, main, restDoors } = require("./common.cjs");

const ask = async (method, url) =>
  (await fetch(url, { method, headers: { "X-MBX-APIKEY": KEY } })).json();
main(restDoors(ask));
