import tls from "node:tls";

// A client library with TLS is the better choice; this shows the protocol: one get over TLS.
export function get(key) {
  return new Promise((resolve, reject) => {
    const socket = tls.connect(11211, process.env.CACHE_HOST, { servername: process.env.CACHE_HOST });
    let text = "";
    socket.on("secureConnect", () => socket.write(`get ${key}\r\n`));
    socket.on("error", reject);
    socket.on("data", (data) => {
      text += data;
      if (!text.endsWith("END\r\n")) return;
      socket.end();
      resolve(text === "END\r\n" ? undefined : text.split("\r\n")[1]);
    });
  });
}
