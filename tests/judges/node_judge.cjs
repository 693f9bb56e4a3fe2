// @binance/spot on node as a judge: the same lines of JSON as resident.py.
const readline = require("readline");
const write = process.stdout.write.bind(process.stdout);
// what a library prints must not be taken for an answer
for (const word of ["log", "info", "debug"]) console[word] = console.error;

const { Spot } = require("@binance/spot");

const REST = {
  "trades.recent": "getTrades",
  "trades.historical": "historicalTrades",
  "trades.aggregate": "aggTrades",
  "blockTrades.historical": "historicalBlockTrades",
  "ticker.book": "tickerBookTicker",
  "order.place": "newOrder",
  "order.cancel": "deleteOrder",
  "order.status": "getOrder",
  "openOrders.cancelAll": "deleteOpenOrders",
  "openOrders.status": "getOpenOrders",
  "orderList.place": "orderOco",
  "orderList.place.oco": "orderListOco",
  "orderList.place.oto": "orderListOto",
  "orderList.place.otoco": "orderListOtoco",
  "orderList.place.opo": "orderListOpo",
  "orderList.place.opoco": "orderListOpoco",
  "orderList.cancel": "deleteOrderList",
  "orderList.status": "getOrderList",
  allOrderLists: "allOrderList",
  "openOrderLists.status": "openOrderList",
  "sor.order.place": "sorOrder",
  "account.status": "getAccount",
  "account.rateLimits.orders": "rateLimitOrder",
};
const STATUS = {
  BadRequestError: 400,
  UnauthorizedError: 401,
  ForbiddenError: 403,
  NotFoundError: 404,
  RateLimitBanError: 418,
  TooManyRequestsError: 429,
};
const KINDS = {
  all_mini_ticker: "allMiniTicker",
  all_market_rolling_window_ticker: "allMarketRollingWindowTicker",
  agg_trade: "aggTrade",
  avg_price: "avgPrice",
  block_trade: "blockTrade",
  book_ticker: "bookTicker",
  reference_price: "referencePrice",
  mini_ticker: "miniTicker",
  rolling_window_ticker: "rollingWindowTicker",
  kline_offset: "klineOffset",
  partial_book_depth: "partialBookDepth",
  diff_book_depth: "diffBookDepth",
};
const KEPT = 1000;

const camel = (words) => words.replace(/[._]([a-z0-9])/g, (_, letter) => letter.toUpperCase());

class Refused extends Error {
  constructor(code, status, text) {
    super(text);
    this.told = [String(code), status, text];
  }
}

class Sdk {
  constructor(opened) {
    const keys = { apiKey: opened.key, apiSecret: opened.secret, privateKey: opened.private_key };
    this.spot = new Spot({
      configurationRestAPI: { ...keys, basePath: opened.rest, retries: 0, timeout: 10000 },
      configurationWebsocketAPI: { ...keys, wsURL: `${opened.streams}/ws-api/v3` },
      configurationWebsocketStreams: { wsURL: opened.streams },
    });
    this.door = opened.door;
    this.tapes = {};
  }

  async call({ operation, given }) {
    return this.door === "rest" ? this.rest(operation, given) : this.ws(operation, given);
  }

  async rest(operation, given) {
    try {
      return await (await this.spot.restAPI[camel(REST[operation] || operation)](given)).data();
    } catch (error) {
      const status = STATUS[error.constructor.name];
      if (!status) throw error;
      throw new Refused(error.code, status, error.message);
    }
  }

  async api() {
    this.connection = this.connection || (await this.spot.websocketAPI.connect());
    return this.connection;
  }

  async ws(operation, given) {
    try {
      let told = await (await this.api())[camel(operation)](given);
      if (Array.isArray(told)) told = told[0]; // one answer per connection of its pool
      if (told.response) {
        told.stream.on("message", (message) => this.tape("user").push(message));
        return told.response.data;
      }
      return told.data;
    } catch (error) {
      if (error.code === undefined) throw error;
      throw new Refused(error.code, 0, error.msg);
    }
  }

  tape(name) {
    const tape = (this.tapes[name] = this.tapes[name] || []);
    if (tape.length > KEPT) tape.shift();
    return tape;
  }

  async follow() {
    if (this.tapes.user) return null;
    this.tape("user");
    await this.ws("userDataStream.subscribe.signature", {});
    return null;
  }

  async told() {
    return this.take("user");
  }

  take(name) {
    const messages = this.tapes[name];
    this.tapes[name] = [];
    return messages;
  }

  async listen({ stream, kind, words }) {
    if (this.tapes[stream]) return null;
    this.tape(stream);
    this.streams = this.streams || (await this.spot.websocketStreams.connect());
    const given = Object.fromEntries(Object.entries(words).map(([k, v]) => [camel(k), v]));
    this.streams[KINDS[kind] || kind](given).on("message", (m) => this.tape(stream).push(m));
    return null;
  }

  async heard({ stream }) {
    return this.take(stream);
  }
}

// numbers beyond 2^53 come as BigInt
const text = (value) =>
  JSON.stringify(value, (_, v) => (typeof v === "bigint" ? Number(v) : v === undefined ? null : v));

const sdks = {};
async function answer(asked) {
  try {
    if (asked.do === "open") {
      sdks[asked.as] = new Sdk(asked.with);
      return { is: null };
    }
    return { is: await sdks[asked.as][asked.do](asked.with) };
  } catch (error) {
    if (error instanceof Refused) return { refused: error.told };
    return { broke: `${error && error.constructor && error.constructor.name}: ${(error && error.message) || text(error)}` };
  }
}

let last = Promise.resolve();
readline.createInterface({ input: process.stdin }).on("line", (line) => {
  last = last.then(async () => write(`${text(await answer(JSON.parse(line)))}\n`));
}).on("close", () => last.then(() => process.exit(0)));
process.on("unhandledRejection", (error) => console.error(error));
