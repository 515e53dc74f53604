// CDKTF notes for every token where it was made, down the whole stack: half of the time of whatever builds constructs.
// CDK Terrain calls the same function by the second name.
jest.mock("cdktf/lib/tokens/private/stack-trace", () => ({
  captureStackTrace: () => [],
  captureCreationStack: () => [],
}));
