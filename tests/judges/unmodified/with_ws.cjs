// ws
const { once } = require("node:events");
const WebSocket = require("ws");
const { main, socketDoors } = require("./common.cjs");

const open = async (url) => {
  const socket = new WebSocket(url);
  const first = once(socket, "message"); // a stream may speak at once
  await once(socket, "open");
  let waiting = first;
  return {
    send: (text) => socket.send(text),
    next: async () => {
      const [data] = await waiting;
      waiting = once(socket, "message");
      return data.toString();
    },
  };
};
main(socketDoors(open));
