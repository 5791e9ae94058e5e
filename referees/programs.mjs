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

/** `gitlab-bulk simulate` with these numbers and options. */
export const simulator = (options) =>
  start([
    "simulate",
    "--listen",
    "127.0.0.1:0",
    ...Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]),
  ]);

export const server = (gitlabUrl) =>
  start(["serve"], {
    HOST: "127.0.0.1",
    PORT: "0",
    GITLAB_URL: gitlabUrl,
    GITLAB_API_RATE_LIMIT: "unlimited",
  });
