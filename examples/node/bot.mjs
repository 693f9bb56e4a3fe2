// A bot to be tested: buys when the price has fallen by 5 %, and never twice for one decision.

import { createHmac } from "node:crypto";

export class Bot {
  constructor({ rest, apiKey, apiSecret, symbol = "BTCUSDT", quantity = "1" }) {
    Object.assign(this, { rest, apiKey, apiSecret, symbol, quantity });
    this.reference = null;
    this.bought = false;
    this.intent = null; // the client id of an order whose outcome is not known yet
    this.count = 0;
  }

  // Look at the market once, act at most once.
  async step() {
    try {
      if (this.intent) return await this.settle();
      const { price } = await this.ask("GET", "/api/v3/ticker/price", { symbol: this.symbol });
      this.reference ??= Number(price);
      if (!this.bought && Number(price) <= this.reference * 0.95) await this.buy(Number(price) * 1.01);
    } catch (error) {
      if (error.code) throw error; // the venue said no: that is for the developer to see
    }
  }

  async buy(limit) {
    this.intent = `dip-${Date.now()}-${++this.count}`;
    await this.signed("POST", "/api/v3/order", {
      symbol: this.symbol,
      side: "BUY",
      type: "LIMIT",
      timeInForce: "IOC",
      price: limit.toFixed(2),
      quantity: this.quantity,
      newClientOrderId: this.intent,
    });
    await this.settle();
  }

  async settle() {
    const wanted = { symbol: this.symbol, origClientOrderId: this.intent };
    try {
      const order = await this.signed("GET", "/api/v3/order", wanted);
      this.bought = Number(order.executedQty) > 0;
    } catch (error) {
      if (error.code !== -2013) throw error; // -2013: there is no such order
    }
    this.intent = null;
  }

  signed(method, path, parameters) {
    const query = new URLSearchParams({ ...parameters, timestamp: Date.now() }).toString();
    const signature = createHmac("sha256", this.apiSecret).update(query).digest("hex");
    return this.send(method, `${path}?${query}&signature=${signature}`);
  }

  ask(method, path, parameters) {
    return this.send(method, `${path}?${new URLSearchParams(parameters)}`);
  }

  async send(method, target) {
    const headers = { "X-MBX-APIKEY": this.apiKey };
    const answer = await fetch(this.rest + target, { method, headers });
    if (answer.status >= 500) throw new Error(`status ${answer.status}`);
    const told = await answer.json();
    if (!answer.ok) throw Object.assign(new Error(told.msg), { code: told.code });
    return told;
  }
}
