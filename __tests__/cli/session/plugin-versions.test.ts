import {
  INSTALL_PLUGIN,
  OLDEST_PLUGIN,
  pluginFault,
  pluginVersion,
} from "../../../cli/session/plugin-versions";

test.each([
  ["1.1.17.0", "is older than 1.2.764.0 of 2025-11-19, the oldest that AWS supports"],
  ["1.2.707.0", "is older than 1.2.764.0 of 2025-11-19, the oldest that AWS supports"],
  ["1.2.763.9", "is older than 1.2.764.0 of 2025-11-19, the oldest that AWS supports"],
  ["1.2.688.0", "was withdrawn by AWS on 2024-11-20"],
  ["1.2.889.0", "was withdrawn by AWS on 2026-10-09, the day it came out"],
])("no session is begun with %s", (version, why) => {
  expect(pluginFault(version)).toEqual({
    refused: true,
    seen: `session-manager-plugin ${version} ${why}`,
    fix: `install the newest, ${INSTALL_PLUGIN}`,
  });
});

test.each([
  ["1.2.764.0", /can leave a tunnel dead/],
  ["1.2.792.0", /cannot resume a session .*#136/],
  ["1.2.804.0", /cannot resume a session .*#136/],
  ["1.2.814.0", /can leave a tunnel dead/],
  ["1.2.834.0", /can leave a tunnel dead/],
])("%s can lose a session, which people are told", (version, why) => {
  expect(pluginFault(version)).toEqual({
    refused: false,
    seen: expect.stringMatching(why),
    fix: expect.stringContaining(INSTALL_PLUGIN),
  });
});

test.each(["1.2.835.0", "1.2.888.0", "1.2.896.0", "1.3.0.0", "2.0.0.0"])(
  "nothing is wrong with %s",
  (version) => {
    expect(pluginFault(version)).toBeUndefined();
  },
);

test("a version is four numbers", () => {
  expect(pluginVersion(`${OLDEST_PLUGIN}\n`)).toBe(OLDEST_PLUGIN);
  for (const said of ["", "1.2.3", "v1.2.3.4", "1.2.3.4-beta", "The Session Manager plugin was installed"]) {
    expect(pluginVersion(said)).toBeUndefined();
  }
});
