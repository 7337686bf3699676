// Draws the diagrams with Mermaid, which only the pages that have one load.
const diagrams = [...document.querySelectorAll(".diagram")].map((place) => ({ place, text: place.textContent }));

async function draw() {
  const dark = document.body.dataset.mdColorScheme === "slate";
  mermaid.initialize({
    startOnLoad: false, suppressErrorRendering: true, theme: dark ? "dark" : "neutral",
    fontFamily: getComputedStyle(document.body).fontFamily, sequence: { useMaxWidth: false },
  });
  for (const [i, { place, text }] of diagrams.entries()) {
    place.innerHTML = (await mermaid.render(`diagram-${i}`, text)).svg;
  }
}

if (diagrams.length > 0) {
  const script = document.createElement("script");
  script.src = new URL("mermaid.js", document.currentScript.src);
  script.onload = () => {
    draw();
    new MutationObserver(draw).observe(document.body, { attributeFilter: ["data-md-color-scheme"] });
  };
  document.head.append(script);
}

// Whoever changes the language stays in the section: its anchor is the same in both.
for (const link of document.querySelectorAll(".md-select__link")) {
  link.addEventListener("click", () => { link.hash = location.hash; });
}
