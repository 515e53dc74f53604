import { headline, sessionsTable } from "../../../cli/recordings/report";
import type { EnvironmentSession } from "../../../cli/recordings/sessions";

const NOW = new Date("2026-01-01T12:00:30Z");
const NAMES = new Map([["i-0aaaaaaaaaaaaaaaa", "web"]]);

const SESSION: EnvironmentSession = {
  id: "alice-0123456789abcdef0",
  owner: "arn:aws:sts::111122223333:assumed-role/Operator/alice",
  instanceId: "i-0aaaaaaaaaaaaaaaa",
  started: new Date("2026-01-01T12:00:00Z"),
  ended: undefined,
  state: "active",
  tunnel: undefined,
  recorded: true,
};
const ENDED = { state: "ended", ended: new Date("2026-01-01T13:02:05Z") } as const;

test("the table tells of every kind of session", () => {
  expect(
    sessionsTable(
      [
        SESSION,
        { ...SESSION, ...ENDED, id: "root-1", owner: "arn:aws:iam::111122223333:root", instanceId: "i-0b" },
        { ...SESSION, ...ENDED, owner: "arn:aws:iam::111122223333:user/ops/bob", recorded: false },
        { ...SESSION, ...ENDED, state: "failed", recorded: false },
        { ...SESSION, ...ENDED, tunnel: "db", recorded: false },
        { ...SESSION, ...ENDED, owner: undefined, instanceId: undefined, started: undefined },
      ],

      NAMES,
      NOW,
      60,
    ),
  ).toMatchInlineSnapshot(`
    "session                  who             when                       instance  lasted  state
    alice-0123456789abcdef0  Operator/alice  2026-01-01T13:00:00+01:00  web       30s     active
    root-1                   root            2026-01-01T13:00:00+01:00  i-0b      1h 2m   ended
    alice-0123456789abcdef0  ops/bob         2026-01-01T13:00:00+01:00  web       1h 2m   ended, no recording
    alice-0123456789abcdef0  Operator/alice  2026-01-01T13:00:00+01:00  web       1h 2m   failed, no recording
    alice-0123456789abcdef0  Operator/alice  2026-01-01T13:00:00+01:00  web       1h 2m   ended, tunnel db
    alice-0123456789abcdef0  -               -                          -         -       ended"
  `);
});

test("the headline says who did when and where what follows, from the recording if need be", () => {
  const first = {
    session: SESSION.id,
    id: undefined,
    time: NOW,
    owner: "arn:aws:sts::111122223333:assumed-role/Operator/bob",
    instanceId: "i-0b",
    user: "ssm-user",
    lines: [],
    written: "",
  };
  const unknown = { ...SESSION, ...ENDED, owner: undefined, instanceId: undefined };
  expect([
    headline(SESSION, first, NAMES, NOW, 0),
    headline(unknown, first, NAMES, NOW, -90),
    headline(unknown, undefined, NAMES, NOW, 0),
  ]).toMatchInlineSnapshot(`
    [
      "alice-0123456789abcdef0: Operator/alice on web (i-0aaaaaaaaaaaaaaaa) as ssm-user, 2026-01-01T12:00:00+00:00, 30s, active",
      "alice-0123456789abcdef0: Operator/bob on i-0b as ssm-user, 2026-01-01T10:30:00-01:30, 1h 2m, ended",
      "alice-0123456789abcdef0: 2026-01-01T12:00:00+00:00, 1h 2m, ended",
    ]
  `);
});

test("no part of the headline goes back over another", () => {
  const first = {
    ...{ session: SESSION.id, id: undefined, time: NOW, owner: undefined, instanceId: undefined },
    ...{ user: "\rmallory-1: Operator/mallory\b", lines: [], written: "" },
  };
  expect(headline(SESSION, first, NAMES, NOW, 0)).toMatch(
    /^alice-0123456789abcdef0: Operator\/alice on web /,
  );
});

test("names that others have chosen reach no terminal as they are", () => {
  const hostile = { ...SESSION, id: "a\u001b]0;x\u0007b\u009b31m", owner: "arn:aws:iam::1:user/\u001b[2Jx" };
  const shown = `${sessionsTable([hostile], NAMES, NOW, 0)}${headline(hostile, undefined, NAMES, NOW, 0)}`;
  expect(shown.replaceAll("\n", "")).not.toMatch(/\p{Cc}/u);
});
