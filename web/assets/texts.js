// Texts that scripts write. Swedish is the key; English where the page says lang="en".
const ENGLISH = {
  "Zooma in": "Zoom in", "Zooma ut": "Zoom out", "Visa hela kommunen": "Show the whole municipality",
  "Flytta uppåt": "Move up", "Flytta åt vänster": "Move left", "Flytta åt höger": "Move right", "Flytta nedåt": "Move down",
  "Punkt": "Point", "Linje": "Line", "Yta": "Area", "Ta bort": "Remove",
  "Teckenförklaring": "Legend", "Stäng": "Close", "Öppna": "Open", "Karta": "Map", "Kartans mitt": "Middle of the map", "Lager": "Layers",
  "Lagret gick inte att läsa in.": "The layer could not be loaded.",
  "Kartan gick inte att läsa in. Samma platser står i tabellen.": "The map could not be loaded. The same places are in the table.",
  "Diagrammet gick inte att rita. Siffrorna står i tabellen.": "The chart could not be drawn. The figures are in the table.",
  "Osparade ändringar": "Unsaved changes", "Avbryt": "Cancel", "Fortsätt": "Continue", "Bekräfta": "Please confirm",
  "Svaret uteblev. Kontrollera nätet och försök igen.": "No answer. Check the network and try again.",
  "Du är inte inloggad längre. Logga in och försök igen.": "You are no longer signed in. Sign in and try again.", "Det gick inte.": "That did not work.",
  "Raden är borttagen.": "The row is removed.", "En rad är tillagd.": "A row is added.", "%(count)s rutor är ifyllda.": "%(count)s cells are filled.",
  "Följderna kunde inte räknas om just nu. Det du har skrivit är kvar.": "The consequences could not be computed just now. What you have written is still here.",
  "Det gick inte att läsa det som klistrades in. Försök igen.": "What was pasted could not be read. Try again.", "%(count)s år är ifyllda.": "%(count)s years are filled in.",
  "Kartan visar %(label)s.": "The map shows %(label)s.", "Inget med det namnet.": "Nothing of that name.", "%(count)s platser hittades.": "%(count)s places were found.",
  "Sökningen gick inte. Skriv koordinaterna i fälten i stället.": "The search did not work. Write the coordinates in the fields instead.",
  "Utkast sparat %(clock)s": "Draft saved %(clock)s", "Logga in i en ny flik": "Sign in in a new tab",
  "Du är utloggad. Det du skrivit finns kvar på sidan.": "You are signed out. What you have written is still on this page.",
  "Utkastet kunde inte sparas just nu. Det du har skrivit är kvar på sidan.": "The draft could not be saved just now. What you have written is still on this page.",
  "Texten är för lång för att sparas som utkast. Spara steget.": "The text is too long to be kept as a draft. Save the step.",
  "Tabbtangenten går mellan knapparna. Piltangenterna flyttar kartan, plus och minus zoomar.":
    "The tab key moves between the buttons. The arrow keys move the map, plus and minus zoom.",
};

export const isEnglish = document.documentElement.lang.startsWith("en");
export const t = (swedish) => (isEnglish ? ENGLISH[swedish] ?? swedish : swedish);

/** An element with attributes and text; text is never markup. */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === true) made.setAttribute(name, "");
    else if (value !== false && value != null) made.setAttribute(name, value);
  }
  made.append(...children);
  return made;
}

/** Say a text to those who listen to the page. The region stands from the start, so that readers notice the change. */
export function say(text) {
  let region = document.getElementById("say");
  if (!region) {
    region = element("div", { id: "say", class: "visually-hidden", "aria-live": "polite" });
    document.body.append(region);
  }
  region.textContent = text;
}
