import ts from "typescript";

/** A source file with one small change. */
export interface Mutant {
  /** The whole file. */
  readonly source: string;
  /** For people: the number of the line, what it was, and what it is. */
  readonly change: string;
}

/** What takes the place of an operator, a value or the name of a method. */
const SWAPS = new Map([
  ["===", "!=="],
  ["!==", "==="],
  ["&&", "||"],
  ["||", "&&"],
  ["<", "<="],
  ["<=", "<"],
  [">", ">="],
  [">=", ">"],
  ["true", "false"],
  ["false", "true"],
  ["some", "every"],
  ["every", "some"],
]);

/** Properties whose texts people read: messages have tests of their own. */
const PROSE = ["reason", "fix", "description", "errorMessage", "problem"];

/** Every change of a file that a test should notice. */
export function mutantsOf(text: string): Mutant[] {
  const file = ts.createSourceFile("", text, ts.ScriptTarget.Latest, true);
  const within = (node: ts.Node): Mutant[] => {
    if (isNoCode(node)) {
      return [];
    }
    const mutants = changesOf(node).map((to) => {
      const source = text.slice(0, node.getStart()) + to + text.slice(node.getEnd());
      return { source, change: difference(text, source) };
    });
    ts.forEachChild(node, (child) => void mutants.push(...within(child)));
    return mutants;
  };
  return within(file);
}

/** The first line that differs. */
function difference(before: string, after: string): string {
  const [was, is] = [before.split("\n"), after.split("\n")];
  const line = was.findIndex((one, index) => one !== is[index]);
  return `${line + 1} - ${was[line]?.trim()}\n${line + 1} + ${is[line]?.trim()}`;
}

function isNoCode(node: ts.Node): boolean {
  return (
    ts.isImportDeclaration(node) ||
    ts.isExportDeclaration(node) ||
    ts.isTypeNode(node) ||
    (ts.isPropertyAssignment(node) && PROSE.includes(node.name.getText()))
  );
}

/** What may stand in place of a node. */
function changesOf(node: ts.Node): string[] {
  const swapped = SWAPS.get(node.getText());
  if (swapped !== undefined) {
    return [swapped];
  }
  if (ts.isConditionalExpression(node)) {
    return [`(${node.whenTrue.getText()})`, `(${node.whenFalse.getText()})`];
  }
  if (ts.isBinaryExpression(node) && node.operatorToken.getText() === "??") {
    return [node.left.getText()];
  }
  if (ts.isPrefixUnaryExpression(node) && node.operator === ts.SyntaxKind.ExclamationToken) {
    return [node.operand.getText()];
  }
  if (ts.isNumericLiteral(node)) {
    return [`${Number(node.text) + 1}`];
  }
  if (ts.isStringLiteral(node)) {
    // A text of several words is for people, too.
    const isKey = ts.isPropertyAssignment(node.parent) && node.parent.name === node;
    return node.text === "" || isKey || node.text.split(" ").length > 3 ? [] : ['""'];
  }
  if (ts.isArrayLiteralExpression(node)) {
    return node.elements.length > 0 ? ["[]"] : [];
  }
  if (ts.isCallExpression(node) && ts.isPropertyAccessExpression(node.expression)) {
    return node.expression.name.text === "filter" ? [node.expression.expression.getText()] : [];
  }
  return [];
}
