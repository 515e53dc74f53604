// What these tests synthesize is deployed to an emulator: workspaces leave out what no emulator keeps.
process.env.FOR_EMULATOR = "1";
