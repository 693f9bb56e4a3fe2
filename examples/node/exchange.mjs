// An exchange for tests in Node: starts `tradewind up --json` and drives it through its admin API.
// What the Python fixture can do, this can do: every method of the fixture is one such request.

import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

const COMMAND = process.env.TRADEWIND ?? "tradewind";

export class Exchange {
  // A box on free ports with a folder of its own; venue time stands still.
  static async start({ seed = 1, instruments = "" } = {}) {
    const folder = await mkdtemp(join(tmpdir(), "tradewind-"));
    const options = ["up", "--json", "--data", join(folder, "data"), "--port-base", "0"];
    options.push("--seed", String(seed), "--sync", "off");
    if (instruments) options.push("--instruments", String(instruments));
    const child = spawn(COMMAND, options, { stdio: ["ignore", "pipe", "inherit"] });
    const ready = await new Promise((resolve, reject) => {
      child.once("error", reject);
      child.once("exit", (code) => reject(new Error(`the box did not start (exit code ${code})`)));
      createInterface({ input: child.stdout }).once("line", (line) => resolve(JSON.parse(line)));
    });
    child.removeAllListeners("exit");
    const exchange = new Exchange(ready, child, folder);
    await exchange.ask("POST", "/time", { freeze: true });
    return exchange;
  }

  constructor(ready, child, folder) {
    [[this.venue, this.urls]] = Object.entries(ready.venues);
    this.rest = this.urls.rest;
    this.streams = this.urls.streams;
    Object.assign(this, { ready, child, folder, seen: 0 });
  }

  // One question to the admin API. Refusals are errors with the box's own words.
  async ask(method, path, asked = {}) {
    const all = { venue: this.venue, ...asked };
    const query = method === "GET" ? `?${new URLSearchParams(all)}` : "";
    const answer = await fetch(`${this.ready.admin}${path}${query}`, {
      method,
      headers: { Authorization: `Bearer ${this.ready.admin_token}` },
      body: method === "GET" ? undefined : JSON.stringify(all),
    });
    const told = await answer.json();
    if (!answer.ok) throw new Error(told.error);
    return told;
  }

  key = (wanted = {}) => this.ask("POST", "/keys", wanted);
  faucet = (amounts, account = "default") => this.ask("POST", "/faucet", { amounts, account });
  advance = (seconds) => this.ask("POST", "/time", { advance: seconds });
  run = (speed = 1) => this.ask("POST", "/time", { speed });
  freeze = () => this.ask("POST", "/time", { freeze: true });
  book = (instrument, { bids = [], asks = [] }) => this.ask("POST", "/book", { instrument, bids, asks });
  path = (instrument, rows) => this.ask("POST", "/path", { instrument, rows });
  participants = (on, instrument = "") => this.ask("POST", "/participants", { instrument, on });
  fault = async (kind, how = {}) => (await this.ask("POST", "/faults", { kind, ...how })).fault.number;
  clearFaults = () => this.ask("POST", "/faults/clear");
  snapshot = async () => (await this.ask("POST", "/snapshot")).snapshot;
  restore = async (name) => { this.seen = (await this.ask("POST", "/restore", { name })).log; };
  orders = async (wanted = {}) => (await this.ask("GET", "/orders", wanted)).orders;
  fills = async (wanted = {}) => (await this.ask("GET", "/fills", wanted)).fills;
  account = (name = "default") => this.ask("GET", "/account", { account: name });
  requests = async () => (await this.ask("GET", "/log", { after: this.seen })).requests;

  // Stop the box and remove its folder.
  async close() {
    const gone = new Promise((resolve) => this.child.once("exit", resolve));
    this.child.kill("SIGTERM");
    await gone;
    await rm(this.folder, { recursive: true, force: true });
  }
}
