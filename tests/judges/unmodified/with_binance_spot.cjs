// @binance/spot, the venue's own for Node, with the addresses that it has by itself
// it logs to the output, where the result goes
console.log = console.info = console.debug = console.error;
const { Spot } = require("@binance/spot");
const { KEY, far, main, order } = require("./common.cjs");

const keys = { apiKey: KEY, apiSecret: process.env.API_SECRET };
const wanted = (id, price) => {
  const { quantity, ...rest } = order(id, price);
  return { ...rest, quantity: Number(quantity), price: Number(price), newOrderRespType: "RESULT" };
};
const gone = (id) => ({ symbol: "BTCUSDT", origClientOrderId: id });

main({
  public: async () => {
    const { restAPI } = new Spot({ configurationRestAPI: keys });
    const found = await (await restAPI.exchangeInfo({ symbol: "BTCUSDT" })).data();
    return { symbol: found.symbols[0].symbol };
  },
  signed: async (id) => {
    const { restAPI } = new Spot({ configurationRestAPI: keys });
    const price = await (await restAPI.tickerPrice({ symbol: "BTCUSDT" })).data();
    const placed = await (await restAPI.newOrder(wanted(id, far(price.price)))).data();
    const ended = await (await restAPI.deleteOrder(gone(id))).data();
    return { placed: placed.status, status: ended.status };
  },
  stream: async () => {
    const connection = await new Spot({ configurationWebsocketStreams: {} }).websocketStreams.connect();
    const stream = connection.bookTicker({ symbol: "btcusdt" });
    return new Promise((resolve) => stream.on("message", (data) => resolve({ symbol: data.s })));
  },
  ws_api: async (id) => {
    const connection = await new Spot({ configurationWebsocketAPI: keys }).websocketAPI.connect();
    const price = (await connection.tickerPrice({ symbol: "BTCUSDT" })).data;
    const placed = (await connection.orderPlace(wanted(id, far(price.price)))).data;
    const ended = (await connection.orderCancel(gone(id))).data;
    return { placed: placed.status, status: ended.status };
  },
});
