import { randomUUID } from "node:crypto";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { type Server, createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A workspace that runs elsewhere: all the server does is keep its state. */
interface Workspace {
  readonly id: string;
  readonly name: string;
  /** Versions of the state, the oldest first. */
  readonly versions: { readonly id: string; readonly serial: unknown; state: string }[];
  lockedBy?: string;
}

/** What is answered: a status and a body. */
type Answer = readonly [status: number, body?: object | string];

const NOT_FOUND: Answer = [404, { errors: [{ status: "404", title: "not found" }] }];

/**
 * The part of HCP Terraform's API that the `cloud` block and `terraform_remote_state` use of workspaces whose runs are
 * on the caller's machine: https://developer.hashicorp.com/terraform/cloud-docs/api-docs
 */
export class HcpServer {
  /** Folder with the certificate. */
  public readonly folder = mkdtempSync(join(tmpdir(), "hcp-"));
  public readonly organization = "acme";
  public readonly token = randomUUID();

  private readonly workspaces = new Map<string, Workspace>();
  private server: Server | undefined;

  /** Where it is: host and port. */
  public get hostname(): string {
    return `localhost:${(this.server?.address() as AddressInfo).port}`;
  }

  /** The certificate that whoever calls has to trust. */
  public get certificate(): string {
    return join(this.folder, "certificate.pem");
  }

  /** Why it cannot be had here; undefined where it can. */
  public static missing(): string | undefined {
    // Elsewhere Go asks the system alone which certificates to trust.
    return process.platform !== "linux"
      ? "Terraform trusts a certificate by SSL_CERT_FILE on Linux alone"
      : spawnSync("openssl", ["version"]).status === 0
        ? undefined
        : "there is no openssl on the PATH, for a certificate";
  }

  /** Has it listen. */
  public async start(): Promise<void> {
    const key = join(this.folder, "key.pem");
    const subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"];
    const files = ["-keyout", key, "-out", this.certificate];
    spawnSync("openssl", [
      "req",
      "-x509",
      "-newkey",
      "rsa:2048",
      "-nodes",
      "-days",
      "1",
      ...subject,
      ...files,
    ]);
    const pair = { key: readFileSync(key), cert: readFileSync(this.certificate) };
    const server = createServer(pair, (request, response) => void this.serve(request, response));
    this.server = server;
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  }

  /** Has it end. */
  public stop(): void {
    this.server?.close();
    this.server?.closeAllConnections();
    rmSync(this.folder, { recursive: true });
  }

  /** Forgets all workspaces, and makes these. */
  public reset(...names: readonly string[]): void {
    this.workspaces.clear();
    names.forEach((name) => this.workspaces.set(name, { id: `ws-${name}`, name, versions: [] }));
  }

  /** Locks a workspace, as somebody else's run does. */
  public lock(name: string, lockedBy: string): void {
    Object.assign(this.workspaces.get(name) ?? {}, { lockedBy });
  }

  /** How many versions of its state a workspace has; undefined where there is no such workspace. */
  public versions(name: string): number | undefined {
    return this.workspaces.get(name)?.versions.length;
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = Buffer.concat(await request.toArray()).toString();
    const [status, answer = ""] = this.answer(`${request.method} ${request.url}`, request, body);
    const type = request.url?.startsWith("/api/") ? "application/vnd.api+json" : "application/json";
    response.writeHead(status, { "content-type": type, "tfp-api-version": "2.5" });
    response.end(typeof answer === "string" ? answer : JSON.stringify(answer));
  }

  private answer(call: string, request: IncomingMessage, body: string): Answer {
    if (call === "GET /.well-known/terraform.json") {
      return [200, { "tfe.v2": "/api/v2/", "tfe.v2.1": "/api/v2/", "tfe.v2.2": "/api/v2/" }];
    }
    const [, upload] = /^PUT \/upload\/([\w-]+)$/.exec(call) ?? [];
    if (upload !== undefined) {
      return this.upload(upload, body);
    }
    if (call.startsWith("PUT /json/")) {
      return [200];
    }
    if (request.headers.authorization !== `Bearer ${this.token}`) {
      return [401, { errors: [{ status: "401", title: "unauthorized" }] }];
    }
    const [, method = "", path = ""] = /^(\w+) \/api\/v2\/([^?]+)/.exec(call) ?? [];
    const [what, id = "", then, last] = path.split("/");
    if (what === "ping") {
      return [204];
    }
    if (what === "organizations") {
      return id === this.organization ? this.ofOrganization(method, then, last, body) : NOT_FOUND;
    }
    if (what === "state-versions") {
      return this.stateVersion(id, then);
    }
    const workspace = [...this.workspaces.values()].find((one) => one.id === id);
    return workspace === undefined ? NOT_FOUND : this.ofWorkspace(workspace, `${method} ${then}`, last, body);
  }

  private ofOrganization(method: string, what = "", name = "", body: string): Answer {
    if (what === "entitlement-set") {
      return data("entitlement-sets", this.organization, { operations: true, "state-storage": true });
    }
    if (method === "POST") {
      const { attributes } = (JSON.parse(body) as { data: { attributes: { name: string } } }).data;
      this.workspaces.set(attributes.name, {
        id: `ws-${attributes.name}`,
        name: attributes.name,
        versions: [],
      });
      return described(this.workspaces.get(attributes.name), 201);
    }
    return described(this.workspaces.get(name));
  }

  private ofWorkspace(workspace: Workspace, what: string, action: string | undefined, body: string): Answer {
    switch (`${what}${action === undefined ? "" : `/${action}`}`) {
      case "POST actions/lock":
        if (workspace.lockedBy !== undefined) {
          return [409, { errors: [{ status: "409", title: "conflict" }] }];
        }
        workspace.lockedBy = "this run";
        return described(workspace);
      case "POST actions/unlock":
        delete workspace.lockedBy;
        return described(workspace);
      case "GET current-state-version":
        return this.stateVersion(workspace.versions.at(-1)?.id ?? "");
      case "POST state-versions": {
        const { attributes } = (JSON.parse(body) as { data: { attributes: { serial: number } } }).data;
        const id = `sv-${randomUUID()}`;
        workspace.versions.push({ id, serial: attributes.serial, state: "" });
        return this.stateVersion(id, undefined, 201);
      }
      default:
        return NOT_FOUND;
    }
  }

  private stateVersion(id: string, what?: string, status = 200): Answer {
    const version = this.version(id);
    if (version === undefined) {
      return NOT_FOUND;
    }
    if (what === "download") {
      return [200, version.state];
    }
    const host = `https://${this.hostname}`;
    const attributes = {
      serial: version.serial,
      status: version.state === "" ? "pending" : "finalized",
      "hosted-state-download-url": `${host}/api/v2/state-versions/${id}/download`,
      "hosted-state-upload-url": `${host}/upload/${id}`,
      "hosted-json-state-upload-url": `${host}/json/${id}`,
    };
    return data("state-versions", id, attributes, status);
  }

  private upload(id: string, state: string): Answer {
    const version = this.version(id);
    if (version === undefined) {
      return NOT_FOUND;
    }
    version.state = state;
    return [200];
  }

  private version(id: string): Workspace["versions"][number] | undefined {
    return [...this.workspaces.values()].flatMap(({ versions }) => versions).find((one) => one.id === id);
  }
}

function described(workspace: Workspace | undefined, status = 200): Answer {
  return workspace === undefined
    ? NOT_FOUND
    : data(
        "workspaces",
        workspace.id,
        {
          name: workspace.name,
          "execution-mode": "local",
          operations: false,
          locked: workspace.lockedBy !== undefined,
          permissions: { "can-lock": true, "can-unlock": true, "can-update": true },
        },
        status,
      );
}

function data(type: string, id: string, attributes: object, status = 200): Answer {
  return [status, { data: { type, id, attributes } }];
}
