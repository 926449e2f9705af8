import tls from "node:tls";

const host = process.env.CACHE_HOST;
let socket; // one connection for all calls; the next call makes a lost one again

function connection() {
  if (socket && !socket.destroyed) return socket;
  const waiting = [];
  let data = Buffer.alloc(0);
  socket = Object.assign(tls.connect({ host, port: 11211, servername: host }), { waiting });
  socket.on("data", (chunk) => {
    data = Buffer.concat([data, chunk]);
    for (let answer; waiting.length && (answer = parse(data)); data = data.subarray(answer.size)) waiting.shift().resolve(answer);
  });
  socket.setTimeout(5000, () => socket.destroy(waiting.length ? new Error("the cache does not answer") : undefined));
  socket.on("error", (error) => waiting.splice(0).forEach((call) => call.reject(error)));
  socket.on("close", () => waiting.splice(0).forEach((call) => call.reject(new Error("the connection was lost"))));
  return socket;
}

// An answer is one line, and for a value as many bytes as the line says, then END.
function parse(data) {
  const end = data.indexOf("\r\n");
  if (end < 0) return undefined;
  const line = data.toString("utf8", 0, end);
  if (!line.startsWith("VALUE ")) return { line, size: end + 2 };
  const stop = end + 2 + Number(line.split(" ")[3]);
  const size = stop + "\r\nEND\r\n".length;
  return data.length < size ? undefined : { line, size, value: data.toString("utf8", end + 2, stop) };
}

async function ask(...parts) {
  const to = connection();
  const answer = await new Promise((resolve, reject) => {
    to.waiting.push({ resolve, reject });
    to.write(Buffer.concat(parts.map((part) => Buffer.from(part))));
  });
  if (/^(ERROR|CLIENT_ERROR|SERVER_ERROR)/.test(answer.line)) throw new Error(answer.line);
  return answer;
}

export async function getOrLoad(key, ttlSeconds, load) {
  if (!/^[\x21-\x7e]{1,250}$/.test(key)) throw new RangeError("a key has 1 to 250 visible ASCII characters");
  const hit = await ask(`get ${key}\r\n`);
  if (hit.value !== undefined) return hit.value;
  const value = await load(key);
  if (typeof value !== "string") throw new TypeError("texts only: a hit would come back as another type");
  const whole = Math.max(1, Math.ceil(ttlSeconds));
  const expiry = whole <= 2592000 ? whole : Math.floor(Date.now() / 1000) + whole; // above 30 days it is a date
  await ask(`set ${key} 0 ${expiry} ${Buffer.byteLength(value)}\r\n`, value, "\r\n");
  return value;
}
