// What somebody writes who knows nothing of the server but its OpenAPI document.
import createClient, { type Client } from "openapi-fetch";
import type { components, paths } from "./generated/document.js";

type Schemas = components["schemas"];
export type Job = Schemas["Job"];
export type Item = Schemas["Item"];
export type Row = Schemas["CreateGroupItem"];
type Api = Client<paths>;

/** What the server says when it says no. */
export class Refused extends Error {
  constructor(
    readonly status: number,
    readonly code: Schemas["Failure"]["error"]["code"],
    readonly details: unknown,
  ) {
    super(`${status} ${code}`);
  }
}

type Answered<T> = { data?: T; error?: Schemas["Failure"]; response: Response };

function whole<T>({ data, error, response }: Answered<T>): T {
  if (error) throw new Refused(response.status, error.error.code, error.error.details);
  if (data === undefined) throw new Error(`nothing came with ${response.status}`);
  return data;
}

export async function signIn(baseUrl: string, gitlabUrl: string, token: string) {
  const body = { gitlabUrl, token };
  const answer = await createClient<paths>({ baseUrl }).POST("/api/auth/login", { body });
  const { user } = whole(answer);
  const cookies = answer.response.headers.getSetCookie().map((line) => line.split(";")[0]);
  return { user, api: createClient<paths>({ baseUrl, headers: { cookie: cookies.join("; ") } }) };
}

/** A job of these rows, which waits to be started. */
export async function planGroups(api: Api, items: Row[], key: string): Promise<Job> {
  return whole(
    await api.POST("/api/jobs", {
      params: { header: { "Idempotency-Key": key } },
      body: {
        type: "bulk_create_groups",
        data: { items },
        options: { continueOnError: true, concurrency: 5 },
        start: false,
      },
    }),
  );
}

export async function start(api: Api, id: Job["id"]): Promise<Job> {
  return whole(await api.POST("/api/jobs/{id}/start", { params: { path: { id } }, body: {} }));
}

const OVER: Job["status"][] = ["completed", "failed", "cancelled"];

/** The job, once it is like this. */
export async function when(api: Api, id: Job["id"], status: Job["status"]): Promise<Job> {
  for (;;) {
    const job = whole(await api.GET("/api/jobs/{id}", { params: { path: { id } } }));
    if (job.status === status) return job;
    if (OVER.includes(job.status)) throw new Error(`it is ${job.status}: ${job.error?.message}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Page after page, so many to a page. */
export async function* items(
  api: Api,
  id: Job["id"],
  limit: number,
  status?: Item["status"][],
): AsyncGenerator<Item[]> {
  let cursor: string | null | undefined;
  do {
    const query = { limit, ...(status && { status }), ...(cursor && { cursor }) };
    const page = whole(await api.GET("/api/jobs/{id}/items", { params: { path: { id }, query } }));
    yield page.items;
    cursor = page.nextCursor;
  } while (cursor);
}

export async function signOut(api: Api): Promise<number> {
  return (await api.POST("/api/auth/logout")).response.status;
}

/** None of this is the API. The compiler has to see it, or the document says too little. */
export async function mistakes(api: Api) {
  // @ts-expect-error There is nothing at this address.
  await api.GET("/api/nothing");
  // @ts-expect-error A job has a type.
  await api.POST("/api/jobs", { body: { data: { items: [{ name: "Web", path: "web" }] } } });
  await api.POST("/api/jobs", {
    // @ts-expect-error There is no such type of job.
    body: { type: "bulk_paint_groups", data: { items: [{ name: "Web", path: "web" }] } },
  });
  // @ts-expect-error A group has a path.
  const row: Row = { name: "Web" };
  // @ts-expect-error A job is started by its id.
  await api.POST("/api/jobs/{id}/start", { body: {} });
  const query = { status: ["finished"] };
  // @ts-expect-error No item is like this.
  await api.GET("/api/jobs/{id}/items", { params: { path: { id: "x" }, query } });
  const { data } = await api.GET("/api/jobs/{id}", { params: { path: { id: "x" } } });
  // @ts-expect-error A job has no such field.
  return [row, data?.colour];
}
