// Unpacks the browser and the libraries it needs, which the package keeps compressed, into TMPDIR.
//
// The package unpacks libraries and fonts where it takes the machine for one of its own kind, which
// this variable says. So every machine shows a page with the same ones.
process.env.AWS_EXECUTION_ENV = "AWS_Lambda_nodejs22.x";
const { default: chromium } = await import("@sparticuz/chromium");
await chromium.executablePath();
