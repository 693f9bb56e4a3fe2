// What the Node programs share; see common.py.
const crypto = require("node:crypto");
const write = process.stdout.write.bind(process.stdout); // some libraries write to the console

const REST = "https://api.binance.com";
const STREAM = "wss://stream.binance.com:9443/ws/btcusdt@bookTicker";
const WS_API = "wss://ws-api.binance.com:443/ws-api/v3";
const KEY = process.env.API_KEY;

const sign = (text) =>
  crypto.createHmac("sha256", process.env.API_SECRET).update(text).digest("hex");

const order = (id, price) => ({
  symbol: "BTCUSDT", side: "SELL", type: "LIMIT", timeInForce: "GTC",
  quantity: "0.01", price, newClientOrderId: id,
});
const cancel = (id) => ({ symbol: "BTCUSDT", origClientOrderId: id });
const far = (price) => (Number(price) * 1.5).toFixed(2);

const signed = (parameters) => {
  const text = new URLSearchParams({ ...parameters, timestamp: Date.now() }).toString();
  return `${text}&signature=${sign(text)}`;
};

const asked = (method, parameters) => {
  const params = { ...parameters, apiKey: KEY, timestamp: String(Date.now()) };
  const text = Object.keys(params).sort().map((name) => `${name}=${params[name]}`).join("&");
  return JSON.stringify({ id: 1, method, params: { ...params, signature: sign(text) } });
};

const priceAsked = JSON.stringify({ id: 0, method: "ticker.price", params: { symbol: "BTCUSDT" } });

const main = (doors) =>
  doors[process.argv[2]](process.argv[3]).then(
    (seen) => { write(`${JSON.stringify(seen)}\n`); process.exit(0); },
    (error) => { console.error(error); process.exit(1); });

// open(url) gives something with send(text), next() and close()
const socketDoors = (open) => ({
  stream: async () => {
    const socket = await open(STREAM);
    return { symbol: JSON.parse(await socket.next()).s };
  },
  ws_api: async (id) => {
    const socket = await open(WS_API);
    const ask = async (text) => {
      const answer = socket.next();
      socket.send(text);
      return JSON.parse(await answer).result;
    };
    const price = far((await ask(priceAsked)).price);
    const placed = await ask(asked("order.place", order(id, price)));
    const gone = await ask(asked("order.cancel", cancel(id)));
    return { placed: placed.status, status: gone.status };
  },
});

// ask(method, url) gives the answer's JSON
const restDoors = (ask) => ({
  public: async () => {
    const found = await ask("GET", `${REST}/api/v3/exchangeInfo?symbol=BTCUSDT`);
    return { symbol: found.symbols[0].symbol };
  },
  signed: async (id) => {
    const price = far((await ask("GET", `${REST}/api/v3/ticker/price?symbol=BTCUSDT`)).price);
    const placed = await ask("POST", `${REST}/api/v3/order?${signed(order(id, price))}`);
    const gone = await ask("DELETE", `${REST}/api/v3/order?${signed(cancel(id))}`);
    return { placed: placed.status, status: gone.status };
  },
});

module.exports = { KEY, far, main, order, restDoors, socketDoors };
