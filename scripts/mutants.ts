import ts from "typescript";

/** One small change of a source file. */
export interface Mutant {
  readonly line: number;
  /** What was there, and what is put in its place. */
  readonly from: string;
  readonly to: string;
  /** The whole file with the change. */
  readonly source: string;
}

const OPERATORS: Readonly<Record<string, string>> = {
  "===": "!==",
  "!==": "===",
  "&&": "||",
  "||": "&&",
  "<": "<=",
  "<=": "<",
  ">": ">=",
  ">=": ">",
};

/** Texts that people read: pages and messages have tests of their own. */
const PROSE = ["reason", "fix", "description", "errorMessage", "problem"];

/** Every change of a file that a test should notice. */
export function mutantsOf(path: string, text: string): Mutant[] {
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  const found: Mutant[] = [];
  const put = (node: ts.Node, to: string): void => {
    const [start, end] = [node.getStart(file), node.getEnd()];
    const line = file.getLineAndCharacterOfPosition(start).line + 1;
    found.push({
      line,
      from: text.slice(start, end),
      to,
      source: text.slice(0, start) + to + text.slice(end),
    });
  };
  const visit = (node: ts.Node): void => {
    if (
      ts.isImportDeclaration(node) ||
      ts.isTypeNode(node) ||
      ts.isExportDeclaration(node) ||
      isProse(node)
    ) {
      return;
    }
    changesOf(node).forEach((to) => put(node, to));
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

function changesOf(node: ts.Node): string[] {
  if (ts.isBinaryExpression(node)) {
    const [left, right] = [node.left.getText(), node.right.getText()];
    const operator = node.operatorToken.getText();
    const other = OPERATORS[operator];
    return operator === "??" ? [left] : other === undefined ? [] : [`${left} ${other} ${right}`];
  }
  if (ts.isConditionalExpression(node)) {
    return [node.whenTrue.getText(), node.whenFalse.getText()].map((one) => `(${one})`);
  }
  if (ts.isPrefixUnaryExpression(node) && node.operator === ts.SyntaxKind.ExclamationToken) {
    return [node.operand.getText()];
  }
  if (node.kind === ts.SyntaxKind.TrueKeyword || node.kind === ts.SyntaxKind.FalseKeyword) {
    return [node.kind === ts.SyntaxKind.TrueKeyword ? "false" : "true"];
  }
  if (ts.isNumericLiteral(node)) {
    return [`${Number(node.text) + 1}`];
  }
  if (ts.isStringLiteral(node) && node.text !== "" && !isSentence(node.text)) {
    const isName = ts.isPropertyAssignment(node.parent) && node.parent.name === node;
    return isName ? [] : ['""'];
  }
  if (ts.isArrayLiteralExpression(node) && node.elements.length > 0) {
    return ["[]"];
  }
  if (ts.isCallExpression(node) && ts.isPropertyAccessExpression(node.expression)) {
    const { expression, name } = node.expression;
    const target = expression.getText();
    const given = node.arguments.map((one) => one.getText()).join(", ");
    switch (name.text) {
      case "filter":
        return [target];
      case "some":
        return [`${target}.every(${given})`];
      case "every":
        return [`${target}.some(${given})`];
    }
  }
  return [];
}

/** A text of several words is for people. */
function isSentence(text: string): boolean {
  return text.split(" ").length > 3;
}

function isProse(node: ts.Node): boolean {
  return ts.isPropertyAssignment(node) && PROSE.includes(node.name.getText());
}
