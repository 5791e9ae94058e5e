// Starts the program under test and stops it again.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

const PROGRAM =
  process.env.GITLAB_BULK ?? join(import.meta.dirname, "../target/debug/gitlab-bulk");

/**
 * A long-running command whose first line on stdout is `{"url": …}`. The address comes from the
 * process's own mouth, so what answers there is that process and no other.
 */
async function start(args, settings = {}) {
  const folder = mkdtempSync(join(tmpdir(), "gitlab-bulk-"));
  const { PATH, HOME } = process.env;
  const child = spawn(PROGRAM, args, {
    cwd: folder,
    env: { PATH, HOME, DATA_DIR: folder, ...settings },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = once(child, "exit").then(([code]) => {
    rmSync(folder, { recursive: true, force: true });
    return code;
  });
  const firstLine = once(createInterface(child.stdout), "line").then(([line]) => JSON.parse(line).url);
  const url = await Promise.race([
    firstLine,
    ended.then((code) => Promise.reject(new Error(`${args[0]} ended with ${code} before it listened`))),
  ]);
  return {
    url,
    stop: () => {
      child.kill("SIGTERM");
      return ended;
    },
  };
}

/** Whether a referee talks to the simulator as it is, or through our gateway. */
const THROUGH_GATEWAY = process.env.THROUGH_GATEWAY === "1";

/** `gitlab-bulk simulate` with these numbers and options. */
export const simulator = (options) =>
  start([
    "simulate",
    "--listen",
    "127.0.0.1:0",
    ...Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]),
  ]);

export const server = (gitlabUrl, settings = {}) =>
  start(["serve"], {
    HOST: "127.0.0.1",
    PORT: "0",
    GITLAB_URL: gitlabUrl,
    GITLAB_API_RATE_LIMIT: "unlimited",
    ...settings,
  });

/**
 * What a referee takes for GitLab: a simulator, or one behind the gateway. `control` is where the simulator
 * listens to tests; `key` gives what somebody with a token of GitLab's signs in with.
 */
export async function gitlab(options) {
  const simulated = await simulator(options);
  if (!THROUGH_GATEWAY) return { ...simulated, control: simulated.url, key: (token) => token };
  const served = await server(simulated.url, { TRUST_PROXY: "true" });
  let addresses = 0;
  const post = (path, body, headers) =>
    fetch(`${served.url}${path}`, {
      method: "POST",
      headers: { "Content-Type": "application/json", ...headers },
      body: JSON.stringify(body),
    });
  const keys = new Map();
  const newKey = async (token) => {
    // One address signs in ten times a minute; these come from as many.
    const address = { "X-Forwarded-For": `10.0.0.${(addresses += 1)}` };
    const login = await post("/api/auth/login", { gitlabUrl: simulated.url, token }, address);
    if (login.status === 401) return "gbk_nobody";
    const Cookie = login.headers.get("set-cookie").split(";")[0];
    const made = await post("/api/keys", { name: "a referee", scopes: ["gateway"] }, { ...address, Cookie });
    return (await made.json()).key;
  };
  return {
    url: `${served.url}/gitlab`,
    control: simulated.url,
    key: (token) => {
      if (!keys.has(token)) keys.set(token, newKey(token));
      return keys.get(token);
    },
    stop: async () => {
      await served.stop();
      return simulated.stop();
    },
  };
}
