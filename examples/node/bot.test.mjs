// Run with: node --test        (tradewind must be on the PATH, or named by TRADEWIND)

import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";

import { Bot } from "./bot.mjs";
import { Exchange } from "./exchange.mjs";

let exchange, beginning, key, bot;

before(async () => {
  exchange = await Exchange.start({ seed: 7, instruments: "BTC/USDT" });
  key = await exchange.key({ label: "bot" });
  beginning = await exchange.snapshot();
});

after(() => exchange.close());

beforeEach(async () => {
  await exchange.clearFaults();
  await exchange.restore(beginning); // every test begins with the same exchange, in milliseconds
  bot = new Bot({ rest: exchange.rest, apiKey: key.api_key, apiSecret: key.api_secret });
});

test("buys the dip", async () => {
  await exchange.path("BTC/USDT", [[0, 100], [3600, 90]]);
  for (let minute = 0; minute < 60; minute += 5) {
    await bot.step();
    await exchange.advance(300);
  }
  const [fill, ...more] = await exchange.fills();
  assert.equal(fill.side, "buy");
  assert.ok(Number(fill.price) <= 95.5);
  assert.equal(more.length, 0);
});

test("takes what there is", async () => {
  await exchange.book("BTC/USDT", { bids: [[93, 1]], asks: [[94, "0.3"]] });
  bot.reference = 100;
  await bot.step();
  const [order] = await exchange.orders();
  assert.equal(order.order_status, "expired");
  assert.equal(order.filled_quantity, "0.3");
});

test("does not buy twice when an answer is lost", async () => {
  await exchange.book("BTC/USDT", { bids: [[93, 1]], asks: [[94, 50]] });
  bot.reference = 100;
  await exchange.fault("drop", { operation: "order.place", nth: 1 });
  for (let turn = 0; turn < 3; turn += 1) await bot.step();
  assert.equal((await exchange.orders()).length, 1);
  const placed = (await exchange.requests()).filter((each) => each.did.startsWith("buy"));
  assert.equal(placed.length, 1);
});

test("a key that may only read cannot trade", async () => {
  const reader = await exchange.key({ permissions: ["read"] });
  bot = new Bot({ rest: exchange.rest, apiKey: reader.api_key, apiSecret: reader.api_secret });
  await exchange.book("BTC/USDT", { bids: [[93, 1]], asks: [[94, 50]] });
  bot.reference = 100;
  await assert.rejects(bot.step(), { code: -2015 });
  assert.deepEqual(await exchange.orders(), []);
});

test("refusals of the admin API say what is wrong", async () => {
  await assert.rejects(exchange.book("NO/PE", {}), /does not trade 'NO\/PE'/);
});
