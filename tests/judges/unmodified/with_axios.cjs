// axios
const axios = require("axios");
const { KEY, main, restDoors } = require("./common.cjs");

const ask = async (method, url) =>
  (await axios.request({ method, url, headers: { "X-MBX-APIKEY": KEY } })).data;
main(restDoors(ask));
