export default function source({ element, props }) {
  element.querySelector("code").textContent = props.code;
}
