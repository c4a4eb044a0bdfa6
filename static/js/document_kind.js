/* The date of birth is asked only where it does not follow from the document's number. */
const kind = document.querySelector("select[name=document_kind]");
const birth = document.querySelector("[data-birth]");

if (kind && birth) {
  const sync = () => { birth.hidden = ["resident_id", "hmt_permit"].includes(kind.value); };
  kind.addEventListener("change", sync);
  sync();
}
